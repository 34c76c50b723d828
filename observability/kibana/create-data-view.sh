#!/usr/bin/env bash
# Makes the data view of the logs in Kibana and shows it first. Doing it again changes nothing.
set -euo pipefail

kibana=${KIBANA_URL:-http://localhost:5601}

post() { # path, body
  curl --silent --show-error --fail-with-body --retry 10 --retry-delay 3 --retry-connrefused \
    --header 'kbn-xsrf: cadastre' --header 'Content-Type: application/json' --data "$2" "$kibana$1"
  echo
}

post /api/data_views/data_view '{
  "override": true,
  "data_view": {
    "id": "cadastre-logs",
    "name": "Cadastre logs",
    "title": "filebeat-*",
    "timeFieldName": "@timestamp",
    "allowNoIndex": true
  }
}'
post /api/data_views/default '{ "data_view_id": "cadastre-logs", "force": true }'
