// What somebody must be woken or told for. Each rule is a sentence of docs/runbook.md, or a figure of the database.
param location string
param tags object
param workspaceId string
param email string

var every5 = { frequency: 'PT5M', window: 'PT5M', of: 1, failing: 1 }
var lasting = { frequency: 'PT5M', window: 'PT5M', of: 3, failing: 3 }
var quarter = { frequency: 'PT5M', window: 'PT15M', of: 1, failing: 1 }
var hourly = { frequency: 'PT15M', window: 'PT1H', of: 1, failing: 1 }

var rules = [
  {
    name: 'now'
    says: 'Guestlist has an alarm that docs/runbook.md calls urgent: somebody may have what nobody approved, or nobody is served or invited.'
    severity: 1
    times: every5
    operator: 'GreaterThan'
    threshold: 0
    query: '''
ContainerAppConsoleLogs
| where Log contains ' ERROR bot.teams.alarm: '
| where Log contains 'Invitations are blocked for this directory'
    or Log contains 'its access has ended and could not be taken away'
    or Log contains 'the removal of a guest from the directory stands still'
    or Log contains 'approvals do not agree'
    or Log contains 'The database was restored or moved'
    or Log contains 'settings have changed. Locked out: '
    or Log contains 'The certificate by which Guestlist signs in ended'
'''
  }
  {
    name: 'bug'
    says: 'A process of Guestlist has ended by a bug.'
    severity: 1
    times: every5
    operator: 'GreaterThan'
    threshold: 0
    query: '''
ContainerAppConsoleLogs
| where Log contains ' CRITICAL '
'''
  }
  {
    name: 'no-start'
    says: 'Guestlist cannot start; the line after it in the log says why.'
    severity: 1
    times: every5
    operator: 'GreaterThan'
    threshold: 0
    query: '''
ContainerAppConsoleLogs
| where Log startswith 'Guestlist cannot start'
'''
  }
  {
    name: 'errors'
    says: 'Guestlist has logged an error or another alarm; docs/runbook.md has each of them.'
    severity: 2
    times: every5
    operator: 'GreaterThan'
    threshold: 0
    query: '''
ContainerAppConsoleLogs
| where Log contains ' ERROR '
'''
  }
  {
    name: 'not-ready'
    says: 'Probes of Guestlist have failed for a quarter of an hour: it is not ready, or does not answer.'
    severity: 1
    times: lasting
    operator: 'GreaterThan'
    threshold: 0
    query: '''
ContainerAppSystemLogs
| where * has 'ProbeFailed'
'''
  }
  {
    name: 'restarts'
    says: 'Guestlist has started more often in an hour than a deployment starts it.'
    severity: 1
    times: hourly
    operator: 'GreaterThan'
    threshold: 8
    query: '''
ContainerAppConsoleLogs
| where Log contains 'Guestlist is ready'
'''
  }
  {
    name: 'silent'
    says: 'Nothing has been measured for a quarter of an hour: Guestlist does not run, or its telemetry does not arrive.'
    severity: 1
    times: quarter
    operator: 'LessThan'
    threshold: 1
    query: '''
AppMetrics
| where Name startswith 'guestlist.'
'''
  }
  {
    name: 'queue'
    says: 'What is due has waited for more than five minutes.'
    severity: 1
    times: lasting
    operator: 'GreaterThan'
    threshold: 0
    query: '''
AppMetrics
| where Name == 'guestlist.queue.age' and Max > 300
'''
  }
  {
    name: 'database-down'
    says: 'The database does not answer its own server.'
    severity: 1
    times: every5
    operator: 'GreaterThan'
    threshold: 0
    query: '''
AzureMetrics
| where ResourceProvider =~ 'MICROSOFT.DBFORPOSTGRESQL' and MetricName == 'is_db_alive' and Maximum < 1
'''
  }
  {
    name: 'database-full'
    says: 'More than 85 % of the disk of the database is taken. A full one takes no writes.'
    severity: 1
    times: quarter
    operator: 'GreaterThan'
    threshold: 0
    query: '''
AzureMetrics
| where ResourceProvider =~ 'MICROSOFT.DBFORPOSTGRESQL' and MetricName == 'storage_percent' and Average > 85
'''
  }
  {
    name: 'database-busy'
    says: 'The database has used more than 90 % of its processors for a quarter of an hour.'
    severity: 2
    times: lasting
    operator: 'GreaterThan'
    threshold: 0
    query: '''
AzureMetrics
| where ResourceProvider =~ 'MICROSOFT.DBFORPOSTGRESQL' and MetricName == 'cpu_percent'
| summarize Busy = avg(Average)
| where Busy > 90
'''
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-guestlist'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'guestlist'
    enabled: true
    emailReceivers: [{ name: 'operator', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [for rule in rules: {
  name: 'guestlist-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'Guestlist: ${rule.name}'
    description: rule.says
    severity: rule.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: rule.times.frequency
    windowSize: rule.times.window
    autoMitigate: true
    // Its tables come with the first line that is written to them.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: rule.times.of
            minFailingPeriodsToAlert: rule.times.failing
          }
        }
      ]
    }
    actions: { actionGroups: empty(email) ? [] : [people.id] }
  }
}]
