# The service as a function behind an HTTP API: it costs nothing while nobody asks, and has neither network nor cache. Its entry is
# app/src/lambda.ts.

data "aws_caller_identity" "current" {}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = "Cadastre behind a function."
  role             = aws_iam_role.this.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "dist/lambda.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  memory_size      = var.memory

  # The HTTP API gives up after 30 s.
  timeout = 29

  environment {
    variables = var.settings
  }

  logging_config {
    log_format = "Text" # its lines are JSON already
    log_group  = aws_cloudwatch_log_group.this.name
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}/function"
  retention_in_days = 30
}

# --- who may do what -----------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

# The same on the table as a task (iac/app/roles.tf), and its own log.
data "aws_iam_policy_document" "this" {
  statement {
    sid = "Table"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [var.table_arn]
  }

  statement {
    sid       = "WriteLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:log-stream:*"]
  }
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-function"
  path                 = "/cadastre/"
  description          = "The function ${var.name}."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "this" {
  name   = "table"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

# --- the door ------------------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "In front of the function ${var.name}."
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "this" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.this.invoke_arn
  payload_format_version = "2.0"
}

# One function serves all routes. Who may call them is for the service itself to say.
resource "aws_apigatewayv2_route" "all" {
  api_id             = aws_apigatewayv2_api.this.id
  route_key          = "$default"
  target             = "integrations/${aws_apigatewayv2_integration.this.id}"
  authorization_type = "NONE"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_burst_limit = 2 * var.requests_per_second
    throttling_rate_limit  = var.requests_per_second
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode({ id = "$context.requestId", method = "$context.httpMethod", path = "$context.path", status = "$context.status", ms = "$context.responseLatency", error = "$context.error.message" })
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/${var.name}/function-access"
  retention_in_days = 30
}

resource "aws_lambda_permission" "this" {
  statement_id  = "http-api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}

# --- what goes on between requests ---------------------------------------------------------------------------------

# A function stands still between events, and with it whatever runs in the background: large deletions, migrations, the change log.
# An event a minute lets it go on.
resource "aws_cloudwatch_event_rule" "minute" {
  name                = "${var.name}-minute"
  description         = "Lets the work in the background go on."
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "minute" {
  rule      = aws_cloudwatch_event_rule.minute.name
  target_id = "function"
  arn       = aws_lambda_function.this.arn

  input = jsonencode({
    version         = "2.0"
    rawPath         = "/readyz"
    rawQueryString  = ""
    headers         = { host = "localhost" }
    isBase64Encoded = false
    requestContext  = { http = { method = "GET", sourceIp = "127.0.0.1" } }
  })
}

resource "aws_lambda_permission" "minute" {
  statement_id  = "each-minute"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.minute.arn
}
