// Making, enforcing and removing the policies that /protect drafts; it needs the set `checks`, too.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-protect'
  params: {
    principalId: principalId
    permissions: [
      'Policy.ReadWrite.ConditionalAccess'
      'Application.Read.All'
    ]
  }
}
