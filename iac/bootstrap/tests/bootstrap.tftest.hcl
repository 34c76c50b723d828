mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  environment        = "test"
  github_repository  = "ada/cadastre"
  budget_email       = "ada@example.com"
  monthly_budget_usd = 100
  with_previews      = true
}

run "each_role_trusts_one_environment_of_one_repository" {
  command = plan

  assert {
    condition = alltrue([
      for role, environment in { plan = "test-plan", apply = "test", deploy = "test", preview = "preview" } :
      anytrue([
        for condition in data.aws_iam_policy_document.trust[role].statement[0].condition :
        condition.test == "StringEquals" && condition.variable == "token.actions.githubusercontent.com:sub" && condition.values == tolist(["repo:ada/cadastre:environment:${environment}"])
      ])
    ])
    error_message = "A role trusts another environment, or more than one."
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.trust :
      anytrue([for condition in document.statement[0].condition : condition.variable == "token.actions.githubusercontent.com:aud" && condition.values == tolist(["sts.amazonaws.com"])])
    ])
    error_message = "A token made for somebody else is taken."
  }

  assert {
    condition     = length(aws_iam_role.github) == 4 && alltrue([for role in aws_iam_role.github : role.path == "/cadastre-bootstrap/"])
    error_message = "A role could change itself."
  }
}

run "subjects_with_ids" {
  command = plan

  variables {
    github_subject = "repo:ada@12/cadastre@34"
  }

  assert {
    condition     = anytrue([for condition in data.aws_iam_policy_document.trust["apply"].statement[0].condition : contains(condition.values, "repo:ada@12/cadastre@34:environment:test")])
    error_message = "The subject of a newer repository is not trusted."
  }
}

run "plans_change_nothing" {
  command = plan

  assert {
    condition = alltrue([
      for action in flatten([for statement in data.aws_iam_policy_document.plan.statement : statement.actions]) :
      can(regex("^[a-z0-9-]+:(Describe|Get|List)", action))
    ])
    error_message = "The role that plans may do more than look."
  }

  assert {
    condition     = !contains([for statement in data.aws_iam_policy_document.state["plan"].statement : statement.sid], "WriteStates") && contains([for statement in data.aws_iam_policy_document.state["apply"].statement : statement.sid], "WriteStates")
    error_message = "The role that plans writes states, or the one that applies does not."
  }
}

run "roles_are_made_with_the_boundary_only" {
  command = plan

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.names :
      alltrue([
        for statement in document.statement : anytrue([for condition in statement.condition : condition.variable == "iam:PermissionsBoundary"])
        if contains(statement.actions, "iam:CreateRole")
      ])
    ])
    error_message = "A layer could make a role without bounds."
  }

  assert {
    condition     = !anytrue([for action in flatten([for statement in data.aws_iam_policy_document.boundary.statement : statement.actions]) : startswith(action, "iam:") || startswith(action, "sts:")])
    error_message = "Within the bounds a role could make another role."
  }

  assert {
    condition     = aws_ssm_parameter.permissions_boundary.name == "/cadastre/test/bootstrap/permissions_boundary_arn"
    error_message = "The layers look for the boundary elsewhere."
  }
}

run "previews_stay_among_themselves" {
  command = plan

  assert {
    condition     = alltrue([for state in local.states["preview"] : endswith(state, "/p-*")])
    error_message = "A preview could write the state of its shared environment."
  }

  assert {
    condition     = local.scopes["preview"].names == "cadastre-p-*" && local.releases["preview"].repository == "previews/cadastre"
    error_message = "A preview could change what is not a preview's."
  }
}

run "without_previews" {
  command = plan

  variables {
    with_previews = false
    with_approval = true
  }

  assert {
    condition     = length(aws_iam_role.github) == 3 && !contains(keys(output.github.environments), "preview")
    error_message = "Branches reach this account."
  }

  assert {
    condition     = output.github.environments["test"].approval && output.github.environments["test"].main_only
    error_message = "What is not on main, or not approved, gets in."
  }
}

run "somebody_is_told" {
  command = plan

  assert {
    condition     = length(aws_budgets_budget.month.notification) == 2 && aws_budgets_budget.month.limit_amount == "100"
    error_message = "The budget tells nobody."
  }
}

run "wildcards_are_refused" {
  command = plan

  variables {
    github_subject = "repo:ada/*"
  }

  expect_failures = [var.github_subject]
}
