# Each secret setting of the service is a secret here, named after it. Tasks get them as they start, so a new value needs a
# deployment. Only the password of the cache is in the state of this layer, because the API of its user wants it there.

locals {
  # Setting of the service: name of the secret.
  secrets = merge(
    {
      REDIS_URL     = "redis-url"
      CURSOR_SECRET = "cursor-secret"
      METRICS_TOKEN = "metrics-token"
    },
    var.signing_keys_from_secret ? { JWT_PRIVATE_KEYS = "jwt-private-keys" } : {},
  )

  secret_arns = { for setting, secret in aws_secretsmanager_secret.this : setting => secret.arn }

  # Made here and never kept here: the value goes straight into the secret, and a new one only with a new generation.
  random_secrets = toset(["CURSOR_SECRET", "METRICS_TOKEN"])
}

resource "aws_secretsmanager_secret" "this" {
  for_each = local.secrets

  name        = "/cadastre/${var.environment}/${each.value}"
  description = "The setting ${each.key} of ${local.name}."

  # Nobody misses the secrets of a preview, and the branch may come back under the same name tomorrow.
  recovery_window_in_days = local.protected ? 30 : 0
}

ephemeral "random_password" "this" {
  for_each = local.random_secrets

  length  = 64
  special = false
}

resource "aws_secretsmanager_secret_version" "random" {
  for_each = local.random_secrets

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.random_password.this[each.key].result
  secret_string_wo_version = var.secret_generation
}

resource "aws_secretsmanager_secret_version" "redis_url" {
  secret_id     = aws_secretsmanager_secret.this["REDIS_URL"].id
  secret_string = module.cache.url
}
