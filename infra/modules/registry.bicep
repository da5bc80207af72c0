// The images. Nobody signs in with a password: the identity may pull, who deploys may push.
param name string
param location string
param tags object
param principalId string

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  // checkov:skip=CKV_AZURE_139:a private endpoint needs Premium; without Entra nobody reads or writes here
  // checkov:skip=CKV_AZURE_163:images are scanned by Defender for Containers, which is switched on for a subscription
  // checkov:skip=CKV_AZURE_166:quarantine needs Premium, and somebody who takes images out of it
  name: name
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    // AcrPull is a role of this kind; the other kind knows roles of its own.
    roleAssignmentMode: 'LegacyRegistryPermissions'
  }
}

// AcrPull
resource puller 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, principalId, 'puller')
  scope: registry
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')
  }
}

output name string = registry.name
output server string = registry.properties.loginServer
