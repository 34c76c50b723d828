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
  name                     = "cadastre-test"
  cidr_block               = "10.64.0.0/16"
  zones                    = { a = 0, b = 1, c = 2 }
  nat                      = "none"
  interface_endpoints      = []
  flow_log_traffic         = "REJECT"
  permissions_boundary_arn = "arn:aws:iam::111111111111:policy/cadastre-bootstrap/cadastre-test-boundary"
}

run "without_nat" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_eip.nat) == 0 && length(aws_route.nat) == 0
    error_message = "There is a NAT gateway, an address or a route that nobody asked for."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0
    error_message = "There is an interface endpoint that nobody asked for."
  }

  assert {
    condition     = sort(keys(aws_vpc_endpoint.gateway)) == tolist(["dynamodb", "s3"])
    error_message = "The endpoints that cost nothing are missing."
  }

  assert {
    condition     = length(aws_subnet.public) == 3 && length(aws_subnet.private) == 3
    error_message = "There is not one subnet of each kind in three zones."
  }

  assert {
    condition     = alltrue([for subnet in merge(aws_subnet.public, aws_subnet.private) : subnet.map_public_ip_on_launch == false])
    error_message = "A subnet hands out public addresses by itself."
  }

  assert {
    condition     = length(distinct([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : subnet.cidr_block])) == 6
    error_message = "Two subnets have the same addresses."
  }

  assert {
    condition     = aws_iam_role.flow.permissions_boundary == var.permissions_boundary_arn
    error_message = "The role of the flow log is not bounded."
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "REJECT" && aws_cloudwatch_log_group.flow.retention_in_days == 14
    error_message = "The flow log holds something else, or for another time."
  }
}

run "one_gateway_for_all_zones" {
  command = plan

  variables {
    nat = "single"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "One gateway should serve three zones."
  }
}

run "a_gateway_in_each_zone" {
  command = plan

  variables {
    nat = "per_zone"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route.nat) == 3
    error_message = "There is not one gateway in each zone."
  }
}

run "endpoints" {
  command = plan

  variables {
    interface_endpoints = ["ecr.api", "logs"]
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled])
    error_message = "An endpoint is not found under the usual name."
  }

  assert {
    condition     = aws_vpc_endpoint.interface["ecr.api"].service_name == "com.amazonaws.eu-west-1.ecr.api"
    error_message = "An endpoint leads to another service or region."
  }
}

run "a_smaller_network_is_refused" {
  command = plan

  variables {
    cidr_block = "10.64.0.0/20"
  }

  expect_failures = [var.cidr_block]
}

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = { a = 0, b = 1 }
  }

  expect_failures = [var.zones]
}
