// Writing 1:1 to approvers who have never had the app.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-approvers'
  params: {
    principalId: principalId
    permissions: [
      'TeamsAppInstallation.ReadWriteSelfForUser.All'
      'AppCatalog.Read.All'
    ]
  }
}
