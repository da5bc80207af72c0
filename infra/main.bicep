// What Guestlist stands on, in one resource group; infra/bot.bicep then starts Guestlist itself. Decisions: docs/adr/0069.
// No permission of Microsoft Graph is given here: infra/permissions does that, with other rights.
targetScope = 'resourceGroup'

@description('The name of the azd environment; every name and tag is made of it.')
@minLength(2)
@maxLength(40)
param environmentName string

@description('Where everything is but the bot registration, which is global. It has no default, so that azd asks for it and keeps it.')
param location string

@description('What Teams and the portal call the bot.')
param displayName string = 'Guestlist'

@description('Who is mailed when an alert fires; nobody where it is empty.')
param alarmEmail string = ''

@description('How many days logs and telemetry are kept.')
@allowed([30, 90, 180, 365])
param logDays int = 90

@description('Size of the database server.')
param databaseSku string = 'Standard_B2s'

@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param databaseTier string = 'Burstable'

@description('A standby in another zone, which Burstable does not have.')
@allowed(['Disabled', 'ZoneRedundant', 'SameZone'])
param databaseStandby string = 'Disabled'

@description('Backups in the paired region, too. It cannot be changed later.')
@allowed(['Enabled', 'Disabled'])
param databaseGeoBackup string = 'Disabled'

@description('Whether the database is locked against deletion; then azd down fails until the lock is taken off.')
@allowed(['yes', 'no'])
param databaseLock string = 'no'

@description('Object id and name of an Entra group of people who may sign in to the database; nobody where they are empty.')
param databaseAdminGroupId string = ''
param databaseAdminGroupName string = ''

@description('The first three numbers of a /24 that nothing else of yours uses.')
param networkBase string = '10.240.0'

var token = uniqueString(resourceGroup().id, environmentName)
var tags = { 'azd-env-name': environmentName, product: 'guestlist' }
var appName = 'ca-guestlist-${take(token, 8)}'

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: { name: 'id-guestlist-${token}', location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    workspaceName: 'log-guestlist-${token}'
    insightsName: 'appi-guestlist-${token}'
    location: location
    tags: tags
    days: logDays
    principalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: 'vnet-guestlist-${token}'
    location: location
    tags: tags
    base: networkBase
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: {
    name: 'crguestlist${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  params: {
    name: 'psql-guestlist-${token}'
    location: location
    tags: tags
    sku: databaseSku
    tier: databaseTier
    standby: databaseStandby
    geoBackup: databaseGeoBackup
    lock: databaseLock
    subnetId: network.outputs.databaseSubnetId
    zoneId: network.outputs.zoneId
    identityName: identity.outputs.name
    principalId: identity.outputs.principalId
    adminGroupId: databaseAdminGroupId
    adminGroupName: databaseAdminGroupName
    workspaceId: monitoring.outputs.workspaceId
  }
}

module hosting 'modules/hosting.bicep' = {
  name: 'hosting'
  params: {
    name: 'cae-guestlist-${token}'
    location: location
    tags: tags
    subnetId: network.outputs.appSubnetId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module registration 'modules/registration.bicep' = {
  name: 'registration'
  params: {
    name: 'bot-guestlist-${token}'
    displayName: displayName
    tags: tags
    endpoint: 'https://${appName}.${hosting.outputs.domain}/api/messages'
    identityId: identity.outputs.id
    clientId: identity.outputs.clientId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: alarmEmail
  }
}

// azd keeps these; infra/bot.parameters.json and people take them from there. No secret is among them.
output AZURE_LOCATION string = location
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.server
output AZURE_CONTAINER_REGISTRY_NAME string = registry.outputs.name
output AZURE_CONTAINER_ENVIRONMENT_NAME string = hosting.outputs.name
output AZURE_CONTAINER_APP_NAME string = appName
output AZURE_DATABASE_NAME string = database.outputs.name
output AZURE_IDENTITY_NAME string = identity.outputs.name
output AZURE_INSIGHTS_NAME string = monitoring.outputs.insightsName
output BOT_NAME string = registration.outputs.name
output BOT_ENDPOINT string = registration.outputs.endpoint
output GUESTLIST_APP_ID string = identity.outputs.clientId
output IDENTITY_OBJECT_ID string = identity.outputs.principalId
