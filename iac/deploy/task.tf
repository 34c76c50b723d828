# The task runs the image by its digest: the version is looked up once, here, and a version that is not in the repository ends the
# plan. `none` needs no image, as nothing will run.
data "aws_ecr_image" "this" {
  for_each = var.image_version == "none" ? toset([]) : toset([var.image_version])

  repository_name = local.basic["${local.repository}_name"]
  image_tag       = each.key
}

locals {
  image = one([for found in data.aws_ecr_image.this : "${local.basic["${local.repository}_url"]}@${found.image_digest}"])
  port  = 3000

  # How a task ends without a failed request. The load balancer drains first (20 s, layer app). Then comes SIGTERM: the service
  # serves on for DRAIN_MS, because on spot capacity SIGTERM comes before the draining; then it lets requests finish for
  # FINISH_MS and exits. It exits by force after 50 s; ECS kills after stop_seconds.
  drain_ms     = 15000
  finish_ms    = 15000
  stop_seconds = 60

  # Idle connections outlive the 60 s of the load balancer, so that it is always the one to close them.
  keep_alive_ms = 75000

  settings = merge(
    {
      NODE_ENV       = "production"
      PORT           = local.port
      STORE          = "dynamodb"
      DYNAMODB_TABLE = local.app["table_name"]
      AWS_REGION     = local.region
      # Links to files are signed by the task, and lead callers to the bucket itself.
      DOWNLOAD_BUCKET = local.app["downloads_bucket"]
      CACHE           = "redis"
      # A tenth of the memory keeps answers at hand.
      CACHE_BYTES = floor(local.memory * 1048576 / 10)
      # The load balancer is the one proxy whose word on the caller's address counts.
      TRUST_PROXY    = 1
      ANONYMOUS_ROLE = "reader"
      # Tokens of one environment are worth nothing in another.
      JWT_ISSUER    = local.app["base_url"]
      JWT_AUDIENCE  = local.name
      KEEP_ALIVE_MS = local.keep_alive_ms
      DRAIN_MS      = local.drain_ms
      FINISH_MS     = local.finish_ms
    },
    var.settings,
  )

  # Whether the process answers at all; whether it should get requests is for the load balancer to ask. ECS ignores the check
  # in the image. In exec form, as the image has no shell.
  alive = "require('node:http').get({ host: '127.0.0.1', port: ${local.port}, path: '/livez', timeout: 2000 }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1)).on('timeout', () => process.exit(1))"
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.cpu
  memory                   = local.memory
  task_role_arn            = local.app["task_role_arn"]
  execution_role_arn       = local.app["execution_role_arn"]

  # Earlier revisions stay: ECS goes back to them by itself.
  skip_destroy = true

  # ARM costs a fifth less than x86; the image is built for both.
  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  container_definitions = jsonencode([{
    name      = "service"
    image     = local.image == null ? local.basic["${local.repository}_url"] : local.image
    essential = true

    # The user of the image, by number: whatever the image says, it is not root.
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    stopTimeout            = local.stop_seconds

    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { add = [], drop = ["ALL"] }
    }

    ulimits = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]

    portMappings = [{ name = "http", containerPort = local.port, hostPort = local.port, protocol = "tcp" }]

    environment = [for name, value in local.settings : { name = name, value = tostring(value) }]
    secrets     = [for name, arn in jsondecode(local.app["secrets"]) : { name = name, valueFrom = arn }]

    healthCheck = {
      command     = ["CMD", "/usr/local/bin/node", "-e", local.alive]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 15
    }

    # A log that nobody takes must not stop the service: up to 25 MB wait, then lines are lost.
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = local.app["log_group_name"]
        awslogs-region        = local.region
        awslogs-stream-prefix = var.image_version
        mode                  = "non-blocking"
        max-buffer-size       = "25m"
      }
    }

    dockerLabels = { version = var.image_version }
    mountPoints  = []
    volumesFrom  = []
  }])
}
