// The one part of /setup that is narrow: making the group of an app's guests.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-setup'
  params: {
    principalId: principalId
    permissions: [
      'Group.Create'
    ]
  }
}
