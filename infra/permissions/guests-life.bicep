// Removing guests from the directory and restoring them.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-guests-life'
  params: {
    principalId: principalId
    permissions: [
      'User.EnableDisableAccount.All'
      'User.DeleteRestore.All'
      'User.RevokeSessions.All'
    ]
  }
}
