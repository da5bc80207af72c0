// Comparing Entra's audit log with the approvals, and why a guest is stuck.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-audit'
  params: {
    principalId: principalId
    permissions: [
      'AuditLog.Read.All'
    ]
  }
}
