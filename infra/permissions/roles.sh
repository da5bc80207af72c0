#!/bin/sh
# Gives Guestlist's identity the application permissions of Microsoft Graph of some sets, or takes them away.
#   roles.sh [--dry-run] [--remove] IDENTITY_OBJECT_ID SET...
# Run it signed in with az, as somebody who may consent to permissions of Graph (Privileged Role Administrator). What is
# there already is left as it is, so it can be run again. Exit 0 done, 1 something failed, 2 wrong use.
set -eu
wrong_use=no
# Whatever az, or a shell without az, ends with: it has failed.
trap 'code=$?; [ "$code" = 0 ] || [ "$wrong_use" = yes ] || exit 1' EXIT

permissions_of() {
  case "$1" in
    core) echo "Directory.Read.All User.Invite.All User.ReadWrite.All GroupMember.ReadWrite.All" ;;
    app-roles) echo "AppRoleAssignment.ReadWrite.All" ;;
    guests-life) echo "User.EnableDisableAccount.All User.DeleteRestore.All User.RevokeSessions.All" ;;
    checks) echo "Policy.Read.All CrossTenantInformation.ReadBasic.All IdentityProvider.Read.All Domain.Read.All Policy.Read.B2BManagementPolicy" ;;
    protect) echo "Policy.ReadWrite.ConditionalAccess Application.Read.All" ;;
    audit) echo "AuditLog.Read.All" ;;
    approvers) echo "TeamsAppInstallation.ReadWriteSelfForUser.All AppCatalog.Read.All" ;;
    setup) echo "Group.Create" ;;
    setup-wide) echo "Group.ReadWrite.All Application.ReadWrite.All" ;;
    *) return 1 ;;
  esac
}

usage() {
  wrong_use=yes
  echo "usage: roles.sh [--dry-run] [--remove] IDENTITY_OBJECT_ID SET..." >&2
  echo "sets:  core app-roles guests-life checks protect audit approvers setup setup-wide" >&2
  exit 2
}

dry=no
remove=no
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry=yes ;;
    --remove) remove=yes ;;
    -*) usage ;;
    *) break ;;
  esac
  shift
done
[ $# -ge 2 ] || usage
identity=$1
shift
case "$identity" in
  ????????-????-????-????-????????????) ;;
  *) usage ;;
esac
for name in "$@"; do
  permissions_of "$name" >/dev/null || usage
done

endpoint=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
endpoint=${endpoint%/}/v1.0
graph_app=00000003-0000-0000-c000-000000000000
whose=$(az rest --method get --url "$endpoint/servicePrincipals/$identity?\$select=displayName" --query displayName --output tsv)
graph=$(az rest --method get --url "$endpoint/servicePrincipals(appId='$graph_app')?\$select=id" --query id --output tsv)
echo "identity: $whose ($identity)"

give() { # the id of the role
  body="{\"principalId\": \"$identity\", \"resourceId\": \"$graph\", \"appRoleId\": \"$1\"}"
  az rest --method post --url "$endpoint/servicePrincipals/$identity/appRoleAssignments" --body "$body" --output none
}

settle() { # the permission
  role=$(az rest --method get --url "$endpoint/servicePrincipals/$graph?\$select=appRoles" \
    --query "appRoles[?value=='$1' && contains(allowedMemberTypes, 'Application')].id | [0]" --output tsv)
  if [ -z "$role" ] || [ "$role" = None ]; then
    echo "$1: Microsoft Graph has no such application permission here" >&2
    return 1
  fi
  held=$(az rest --method get --url "$endpoint/servicePrincipals/$identity/appRoleAssignments?\$top=999" \
    --query "value[?resourceId=='$graph' && appRoleId=='$role'].id | [0]" --output tsv)
  [ "$held" != None ] || held=
  if [ "$remove" = no ] && [ -n "$held" ]; then
    echo "$1: is given already"
  elif [ "$remove" = no ]; then
    [ "$dry" = yes ] || give "$role"
    echo "$1: $([ "$dry" = yes ] && echo 'would be given' || echo given)"
  elif [ -z "$held" ]; then
    echo "$1: is not given"
  else
    [ "$dry" = yes ] ||
      az rest --method delete --url "$endpoint/servicePrincipals/$identity/appRoleAssignments/$held" --output none
    echo "$1: $([ "$dry" = yes ] && echo 'would be taken away' || echo 'taken away')"
  fi
}

for name in "$@"; do
  echo "$name:"
  for permission in $(permissions_of "$name"); do
    settle "$permission"
  done
done
[ "$dry" = no ] || echo "Nothing was changed."
