# Ways to AWS that do not leave it. Those for S3 and DynamoDB cost nothing and carry nearly all there is: the layers of images
# and the table. Each of the others costs 7.3 USD a month in each zone.

data "aws_caller_identity" "current" {}

locals {
  # Whatever the credentials, only what acts for this account gets through. What it may do is for its own role to say.
  own_account = {
    Sid       = "OwnAccount"
    Effect    = "Allow"
    Principal = "*"
    Action    = "*"
    Resource  = "*"
    Condition = { StringEquals = { "aws:PrincipalAccount" = data.aws_caller_identity.current.account_id } }
  }

  # ECR keeps the layers of all images in a bucket of its own and hands out addresses that it has signed itself, so there the
  # caller is not this account.
  layers_of_images = {
    Sid       = "LayersOfImages"
    Effect    = "Allow"
    Principal = "*"
    Action    = "s3:GetObject"
    Resource  = "arn:aws:s3:::prod-${local.region}-starport-layer-bucket/*"
  }

  endpoint_policy = jsonencode({ Version = "2012-10-17", Statement = [local.own_account] })
  s3_policy       = jsonencode({ Version = "2012-10-17", Statement = [local.own_account, local.layers_of_images] })
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = {
    s3       = local.s3_policy
    dynamodb = local.endpoint_policy
  }

  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${local.region}.${each.key}"
  route_table_ids   = concat([aws_route_table.public.id], [for table in aws_route_table.private : table.id])
  policy            = each.value

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  name_prefix = "${var.name}-endpoints-"
  description = "Interface endpoints. The layer app lets its tasks in."
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(var.interface_endpoints)

  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
  policy              = local.endpoint_policy

  tags = { Name = "${var.name}-${each.key}" }
}
