// Guestlist itself. azd runs this when it deploys the service `bot`, right after it has pushed the image; a change of the
// image, of a setting or of the policy is a new revision, which takes turns as soon as it is ready.
targetScope = 'resourceGroup'

@minLength(2)
param environmentName string
param location string

@description('The image that azd has pushed.')
@minLength(1)
param image string

@description('Names of what main.bicep has made.')
param appName string
param containerEnvironmentName string
param databaseName string
param identityName string
param insightsName string
param registryServer string

@description('Settings; README.md explains each. Where one is empty, its default holds.')
param mailbox string = ''
param alarmConversation string = ''
param checkpointConversation string = ''
param timeZone string = 'UTC'
param language string = 'en'
param retentionDays string = ''

@description('How many replicas serve; there is no need to scale with the load.')
@minValue(2)
@maxValue(10)
param replicas int = 2

var tags = { 'azd-env-name': environmentName, 'azd-service-name': 'bot', product: 'guestlist' }
var policy = loadTextContent('policy.toml')
var address = 'https://${appName}.${hosting.properties.defaultDomain}'
// A token of the identity is the password; whose server it is, its certificate says.
var databaseUrl = 'postgresql://${identityName}@${server.properties.fullyQualifiedDomainName}/guestlist?sslmode=verify-full'

resource hosting 'Microsoft.App/managedEnvironments@2026-01-01' existing = {
  name: containerEnvironmentName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' existing = {
  name: databaseName
}

resource app 'Microsoft.App/containerApps@2026-01-01' = {
  name: appName
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    environmentId: hosting.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      maxInactiveRevisions: 10
      registries: [{ server: registryServer, identity: identity.id }]
      ingress: {
        external: true
        allowInsecure: false
        targetPort: 3978
        transport: 'http'
        clientCertificateMode: 'ignore'
        traffic: [{ latestRevision: true, weight: 100 }]
      }
      secrets: [
        { name: 'policy', value: policy }
        { name: 'azure-monitor', value: insights.properties.ConnectionString }
      ]
    }
    template: {
      // SIGTERM ends it within 30 seconds, whatever hangs: docs/replicas.md.
      terminationGracePeriodSeconds: 45
      scale: { minReplicas: replicas, maxReplicas: replicas }
      volumes: [
        {
          name: 'policy'
          storageType: 'Secret'
          secrets: [{ secretRef: 'policy', path: 'policy.toml' }]
        }
      ]
      containers: [
        {
          name: 'guestlist'
          image: image
          resources: { cpu: json('0.5'), memory: '1Gi' }
          volumeMounts: [{ volumeName: 'policy', mountPath: '/etc/guestlist' }]
          probes: [
            {
              // Nobody listens while a new version changes the tables; ended then, it would begin anew, for ever. Container Apps
              // takes ten failures at most, so their distance makes the 21 minutes; a usual start is there at the first look.
              type: 'Startup'
              httpGet: { path: '/healthz', port: 3978 }
              initialDelaySeconds: 30
              periodSeconds: 140
              timeoutSeconds: 5
              failureThreshold: 10
            }
            {
              type: 'Liveness'
              httpGet: { path: '/healthz', port: 3978 }
              periodSeconds: 10
              timeoutSeconds: 5
              failureThreshold: 3
            }
            {
              type: 'Readiness'
              httpGet: { path: '/readyz', port: 3978 }
              periodSeconds: 5
              timeoutSeconds: 5
              failureThreshold: 2
            }
          ]
          env: [
            { name: 'GUESTLIST_APP_ID', value: identity.properties.clientId }
            { name: 'GUESTLIST_TENANT_ID', value: subscription().tenantId }
            { name: 'GUESTLIST_CREDENTIAL', value: 'managed-identity' }
            { name: 'GUESTLIST_DATABASE_URL', value: databaseUrl }
            { name: 'GUESTLIST_DATABASE_AUTH', value: 'entra' }
            { name: 'GUESTLIST_POLICY_FILE', value: '/etc/guestlist/policy.toml' }
            { name: 'GUESTLIST_PUBLIC_URL', value: address }
            { name: 'GUESTLIST_MAILBOX', value: mailbox }
            { name: 'GUESTLIST_ALARM_CONVERSATION', value: alarmConversation }
            { name: 'GUESTLIST_CHECKPOINT_CONVERSATION', value: checkpointConversation }
            { name: 'GUESTLIST_TIME_ZONE', value: timeZone }
            { name: 'GUESTLIST_LANGUAGE', value: language }
            { name: 'GUESTLIST_RETENTION_DAYS', value: retentionDays }
            { name: 'GUESTLIST_HOST', value: '0.0.0.0' }
            { name: 'GUESTLIST_PORT', value: '3978' }
            { name: 'GUESTLIST_AZURE_MONITOR', secretRef: 'azure-monitor' }
            // A secret that has changed makes no revision by itself; this does.
            { name: 'POLICY_SEEN', value: uniqueString(policy) }
          ]
        }
      ]
    }
  }
}

output BOT_ADDRESS string = 'https://${app.properties.configuration.ingress.fqdn}'
