# Everything that differs between a cheap and a sturdy environment, in one table. A layer takes from here whatever its own
# variables leave open. iac/README.md states what each preset costs; a test recomputes that from this table.

locals {
  presets = {
    # A branch: behind the load balancer of its shared environment, on spot capacity, gone a week after its last push.
    preview = {
      nat                 = "none"
      interface_endpoints = []
      insights            = "disabled"
      flow_log_traffic    = "REJECT"
      waf                 = false
      protected           = false
      cache_node_type     = "cache.t4g.micro"
      cache_replicas      = 0
      max_read_units      = 1000
      max_write_units     = 500
      cpu                 = 256
      memory              = 512
      min_tasks           = 1
      max_tasks           = 1
      spot                = true
    }

    # No NAT gateway and no interface endpoint: tasks have public addresses, and a security group that lets in the load
    # balancer only. A NAT gateway alone would cost as much as all the rest.
    small = {
      nat                 = "none"
      interface_endpoints = []
      insights            = "disabled"
      flow_log_traffic    = "REJECT"
      waf                 = false
      protected           = false
      cache_node_type     = "cache.t4g.micro"
      cache_replicas      = 0
      max_read_units      = 4000
      max_write_units     = 2000
      cpu                 = 256
      memory              = 512
      min_tasks           = 1
      max_tasks           = 4
      spot                = false
    }

    # Two of everything that answers. The NAT gateway is one: should its zone fail, the tasks of the others serve on, because table and
    # cache are reached without it; log lines and new tasks wait.
    standard = {
      nat                 = "single"
      interface_endpoints = []
      insights            = "enabled"
      flow_log_traffic    = "REJECT"
      waf                 = true
      protected           = true
      cache_node_type     = "cache.t4g.micro"
      cache_replicas      = 1
      max_read_units      = 12000
      max_write_units     = 6000
      cpu                 = 512
      memory              = 1024
      min_tasks           = 2
      max_tasks           = 6
      spot                = false
    }

    # Survives the loss of a zone. Tasks have private addresses and reach AWS through endpoints in every zone, so the one NAT
    # gateway carries only the key sets of foreign token issuers, which are kept: its loss stops nothing. A gateway in
    # each zone instead (nat = "per_zone", no endpoints) costs 14.6 less and sends secrets and images over the internet.
    large = {
      nat                 = "single"
      interface_endpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]
      insights            = "enabled"
      flow_log_traffic    = "ALL"
      waf                 = true
      protected           = true
      cache_node_type     = "cache.t4g.small"
      cache_replicas      = 1
      max_read_units      = 40000
      max_write_units     = 20000
      cpu                 = 512
      memory              = 1024
      min_tasks           = 2
      max_tasks           = 10
      spot                = false
    }
  }
}
