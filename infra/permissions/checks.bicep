// What /guest, /check, /settings and /protect read; each says what it could not read.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-checks'
  params: {
    principalId: principalId
    permissions: [
      'Policy.Read.All'
      'CrossTenantInformation.ReadBasic.All'
      'IdentityProvider.Read.All'
      'Domain.Read.All'
      'Policy.Read.B2BManagementPolicy'
    ]
  }
}
