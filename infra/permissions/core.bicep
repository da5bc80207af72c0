// Without these Guestlist does not work; the last of them gives access through groups.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-core'
  params: {
    principalId: principalId
    permissions: [
      'Directory.Read.All'
      'User.Invite.All'
      'User.ReadWrite.All'
      'GroupMember.ReadWrite.All'
    ]
  }
}
