// PostgreSQL, in the network alone, without any password: Guestlist's identity signs in with a token of Entra.
param name string
param location string
param tags object
param sku string
param tier string
param standby string
param geoBackup string
param lock string
param subnetId string
param zoneId string
param identityName string
param principalId string
param adminGroupId string
param adminGroupName string
param workspaceId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: tier }
  properties: {
    version: '18'
    createMode: 'Default'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: subscription().tenantId
    }
    storage: { storageSizeGB: 32, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: 14, geoRedundantBackup: geoBackup }
    highAvailability: { mode: standby }
    network: {
      delegatedSubnetResourceId: subnetId
      privateDnsZoneArmResourceId: zoneId
      publicNetworkAccess: 'Disabled'
    }
    maintenanceWindow: { customWindow: 'Enabled', dayOfWeek: 0, startHour: 2, startMinute: 0 }
  }
}

// The server takes one change at a time, so each of these waits for the one before. A setting comes first: right after its
// own deployment the server may not yet take administrators. The database comes last: it belongs to an administrator who is
// there, and with none to nobody whom one can sign in as.
resource tls 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = {
  parent: server
  name: 'ssl_min_protocol_version'
  properties: { value: 'TLSv1.2', source: 'user-override' }
}

resource owner 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: principalId
  properties: {
    principalName: identityName
    principalType: 'ServicePrincipal'
    tenantId: subscription().tenantId
  }
  dependsOn: [tls]
}

resource people 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = if (!empty(adminGroupId)) {
  parent: server
  name: empty(adminGroupId) ? 'nobody' : adminGroupId
  properties: {
    principalName: adminGroupName
    principalType: 'Group'
    tenantId: subscription().tenantId
  }
  dependsOn: [owner]
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: 'guestlist'
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
  dependsOn: [people, owner]
}

resource kept 'Microsoft.Authorization/locks@2020-05-01' = if (lock == 'yes') {
  name: 'kept'
  scope: server
  properties: { level: 'CanNotDelete', notes: 'It holds who approved what, and the audit.' }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'workspace'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = server.name
