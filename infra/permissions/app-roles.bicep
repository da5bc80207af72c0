// TIER 0: whoever holds this can give any application any right, itself included. Only where the policy gives app
// roles, or a group that /setup made is to be assigned by Guestlist; a group for each app needs none of it.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-app-roles'
  params: {
    principalId: principalId
    permissions: [
      'AppRoleAssignment.ReadWrite.All'
    ]
  }
}
