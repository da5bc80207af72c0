<#
.SYNOPSIS
Lets Guestlist draft, find and send mail in one mailbox, and in no other.
.DESCRIPTION
By Exchange's RBAC for Applications. Mail.ReadWrite and Mail.Send are given nowhere in Entra, where they would reach every
mailbox; take them away there if they were. What is there already is left as it is. A change takes up to two hours to act.
Needs the module ExchangeOnlineManagement, and somebody with the Exchange role Organization Management.
.EXAMPLE
./mailbox.ps1 -AppId APP_ID -ObjectId OBJECT_ID -Mailbox guests@example.com -WhatIf
.PARAMETER AppId
GUESTLIST_APP_ID of azd env get-values.
.PARAMETER ObjectId
IDENTITY_OBJECT_ID of azd env get-values; of another app the object id of its enterprise application.
.PARAMETER Remove
Takes both rights away again. The scope and what Exchange knows of the app stay: by themselves they allow nothing.
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Give')]
param(
    [Parameter(Mandatory, ParameterSetName = 'Give')][guid]$AppId,
    [Parameter(Mandatory, ParameterSetName = 'Give')][guid]$ObjectId,
    [Parameter(Mandatory, ParameterSetName = 'Give')][ValidatePattern("^[^@\s']+@[^@\s']+\.[^@\s']+$")][string]$Mailbox,
    [Parameter(ParameterSetName = 'Give')][string]$ScopeName = 'Guestlist mailbox',
    [Parameter(Mandatory, ParameterSetName = 'Remove')][switch]$Remove
)
$ErrorActionPreference = 'Stop'
$roles = 'Application Mail.ReadWrite', 'Application Mail.Send'

if (-not (Get-Command Get-ManagementScope -ErrorAction SilentlyContinue)) {
    Connect-ExchangeOnline -ShowBanner:$false
}

function Get-Assignment([string]$Role) {
    Get-ManagementRoleAssignment -Role $Role -ErrorAction SilentlyContinue | Where-Object Name -EQ "Guestlist $Role"
}

if ($Remove) {
    foreach ($role in $roles) {
        if ((Get-Assignment $role) -and $PSCmdlet.ShouldProcess($role, 'take away')) {
            Remove-ManagementRoleAssignment -Identity "Guestlist $role" -Confirm:$false
        }
    }
    return
}

# The primary address: it is what the scope names, whichever address of the mailbox was typed.
$address = [string](Get-EXOMailbox -Identity $Mailbox -Properties PrimarySmtpAddress).PrimarySmtpAddress
$filter = "PrimarySmtpAddress -eq '$address'"

if (-not (Get-ServicePrincipal -Identity "$ObjectId" -ErrorAction SilentlyContinue)) {
    if ($PSCmdlet.ShouldProcess("$ObjectId", 'make known to Exchange')) {
        New-ServicePrincipal -AppId "$AppId" -ObjectId "$ObjectId" -DisplayName 'Guestlist' | Out-Null
    }
}

$scope = Get-ManagementScope -Identity $ScopeName -ErrorAction SilentlyContinue
if ($scope -and $scope.RecipientFilter -notlike "*'$address'*") {
    throw "The scope '$ScopeName' is there and means something else: $($scope.RecipientFilter). Give another -ScopeName."
}
if (-not $scope -and $PSCmdlet.ShouldProcess($ScopeName, "make the scope $filter")) {
    New-ManagementScope -Name $ScopeName -RecipientRestrictionFilter $filter | Out-Null
}

foreach ($role in $roles) {
    $held = Get-Assignment $role
    if ($held -and $held.CustomResourceScope -ne $ScopeName) {
        throw "'Guestlist $role' is there with the scope '$($held.CustomResourceScope)'. Run this with -Remove first."
    }
    if (-not $held -and $PSCmdlet.ShouldProcess($role, "give for $address")) {
        New-ManagementRoleAssignment -Name "Guestlist $role" -App "$ObjectId" -Role $role -CustomResourceScope $ScopeName | Out-Null
    }
}

if (-not $WhatIfPreference) {
    # InScope must be True for both; of any other mailbox it must be False.
    Test-ServicePrincipalAuthorization -Identity "$ObjectId" -Resource $address | Format-Table -Property @('RoleName', 'AllowedResourceScope', 'InScope')
}
