# GitHub proves with a signed token which environment of which repository a job runs in; each role trusts exactly one. So there is
# no key of AWS that could be stolen, and who may use an environment is for the settings of the repository to say.

locals {
  issuer  = "token.actions.githubusercontent.com"
  subject = coalesce(var.github_subject, "repo:${var.github_repository}")

  # Role: the environment of GitHub that may take it.
  trusted = merge(
    {
      plan   = "${var.environment}-plan"
      apply  = var.environment
      deploy = var.environment
    },
    var.with_previews ? { preview = "preview" } : {},
  )

  # Whose things a role may change: names as AWS shows them, and the branch of the parameter store.
  scopes = merge(
    { apply = { names = "${local.name}*", tree = var.environment } },
    var.with_previews ? { preview = { names = "cadastre-p-*", tree = "p-*" } } : {},
  )

  about = {
    plan    = "reads what is there, to say what would change"
    apply   = "changes the layers basic and app"
    deploy  = "pushes images and runs them"
    preview = "makes and destroys environments of branches"
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.trusted

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["${local.subject}:environment:${each.value}"]
    }
  }
}

# Beside the path of the roles that layers make: none of these can change itself or another of them.
resource "aws_iam_role" "github" {
  for_each = local.trusted

  name               = "${local.name}-${each.key}"
  path               = "/cadastre-bootstrap/"
  description        = "GitHub, environment ${each.value}: ${local.about[each.key]}."
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json
}

locals {
  policies = merge(
    {
      plan-read    = { role = "plan", json = data.aws_iam_policy_document.plan.json }
      plan-state   = { role = "plan", json = data.aws_iam_policy_document.state["plan"].json }
      apply-ground = { role = "apply", json = data.aws_iam_policy_document.ground.json }
      apply-state  = { role = "apply", json = data.aws_iam_policy_document.state["apply"].json }
      apply-door   = { role = "apply", json = data.aws_iam_policy_document.door.json }
      apply-read   = { role = "apply", json = data.aws_iam_policy_document.plan.json }
      deploy-state = { role = "deploy", json = data.aws_iam_policy_document.state["deploy"].json }
      deploy-image = { role = "deploy", json = data.aws_iam_policy_document.image["deploy"].json }
      deploy-run   = { role = "deploy", json = data.aws_iam_policy_document.run["deploy"].json }
    },
    { for role in keys(local.scopes) : "${role}-app" => { role = role, json = data.aws_iam_policy_document.app[role].json } },
    { for role in keys(local.scopes) : "${role}-names" => { role = role, json = data.aws_iam_policy_document.names[role].json } },
    var.with_previews ? {
      preview-read  = { role = "preview", json = data.aws_iam_policy_document.plan.json }
      preview-state = { role = "preview", json = data.aws_iam_policy_document.state["preview"].json }
      preview-door  = { role = "preview", json = data.aws_iam_policy_document.shared_door.json }
      preview-image = { role = "preview", json = data.aws_iam_policy_document.image["preview"].json }
      preview-run   = { role = "preview", json = data.aws_iam_policy_document.run["preview"].json }
    } : {},
  )
}

resource "aws_iam_policy" "github" {
  for_each = local.policies

  name        = "${local.name}-${each.key}"
  path        = "/cadastre-bootstrap/"
  description = "Of the role ${local.name}-${each.value.role}."
  policy      = each.value.json
}

resource "aws_iam_role_policy_attachment" "github" {
  for_each = local.policies

  role       = aws_iam_role.github[each.value.role].name
  policy_arn = aws_iam_policy.github[each.key].arn
}
