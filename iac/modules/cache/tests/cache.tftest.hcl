# The provider of random values is the real one: it needs no credentials.
mock_provider "aws" {}

variables {
  name                    = "cadastre-test"
  vpc_id                  = "vpc-0123456789abcdef0"
  subnet_ids              = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  tasks_security_group_id = "sg-0123456789abcdef0"
  node_type               = "cache.t4g.micro"
  replicas                = 1
  password_generation     = 1
  apply_immediately       = false
}

run "with_a_replica" {
  command = plan

  assert {
    condition     = aws_elasticache_replication_group.this.num_cache_clusters == 2 && aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.multi_az_enabled
    error_message = "Nobody takes the place of the primary."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.transit_encryption_mode == "required" && tobool(aws_elasticache_replication_group.this.at_rest_encryption_enabled)
    error_message = "Something is not encrypted."
  }

  assert {
    condition     = one([for parameter in aws_elasticache_parameter_group.this.parameter : parameter.value if parameter.name == "maxmemory-policy"]) == "allkeys-lfu"
    error_message = "The cache does not evict by frequency."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.tasks.referenced_security_group_id == var.tasks_security_group_id && aws_vpc_security_group_ingress_rule.tasks.cidr_ipv4 == null
    error_message = "Somebody else than the tasks gets in."
  }

  assert {
    condition     = startswith(aws_elasticache_user.this.access_string, "on ") && strcontains(aws_elasticache_user.this.access_string, "-@admin -@dangerous")
    error_message = "The user may do something to the server itself."
  }

  assert {
    condition     = length(random_password.this) == 1
    error_message = "The first generation has one password."
  }

  assert {
    condition     = output.node_ids == ["cadastre-test-001", "cadastre-test-002"]
    error_message = "Alarms look at nodes that are not there."
  }
}

run "alone_and_with_the_second_password" {
  command = plan

  variables {
    replicas            = 0
    password_generation = 2
  }

  assert {
    condition     = aws_elasticache_replication_group.this.num_cache_clusters == 1 && !aws_elasticache_replication_group.this.automatic_failover_enabled
    error_message = "A single node cannot fail over."
  }

  assert {
    condition     = sort(keys(random_password.this)) == tolist(["1", "2"])
    error_message = "The password of before is not good any more."
  }
}
