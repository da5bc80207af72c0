// The other parts of /setup. The first could change every group, the second every app and its credentials, which is
// TIER 0; a person does both in the portal where they are not given.
@description('Object id of Guestlist\'s identity: IDENTITY_OBJECT_ID of azd env get-values.')
param principalId string

module roles 'modules/roles.bicep' = {
  name: 'guestlist-setup-wide'
  params: {
    principalId: principalId
    permissions: [
      'Group.ReadWrite.All'
      'Application.ReadWrite.All'
    ]
  }
}
