mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name                     = "cadastre-test"
  package                  = "terraform.tf"
  table_arn                = "arn:aws:dynamodb:eu-west-1:111111111111:table/cadastre-test"
  settings                 = { STORE = "dynamodb" }
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/cadastre-bootstrap/cadastre-test-boundary"
}

run "a_function" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.handler == "dist/lambda.handler" && aws_lambda_function.this.timeout == 29
    error_message = "Another entry is called, or one that outlives the door."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 200
    error_message = "Nothing guards the bill."
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == var.permissions_boundary_arn
    error_message = "The role is not bounded."
  }

  assert {
    condition     = aws_apigatewayv2_integration.this.payload_format_version == "2.0"
    error_message = "The entry does not know events of this form."
  }

  assert {
    condition     = data.aws_iam_policy_document.this.statement[0].resources == toset([var.table_arn])
    error_message = "The function may touch another table."
  }
}
