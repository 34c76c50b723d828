# The image repository. Its name is the same in every account, because a copy has the name of the original: what sandbox has
# tested arrives in production bit by bit the same, and production starts even while the other account is in trouble.

resource "aws_ecr_repository" "this" {
  name = "cadastre"

  # A version is one image for ever. Nobody can slip another one under a tag that was tested.
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !local.preset.protected

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What no version points at, a week."
        action       = { type = "expire" }
        selection = {
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = 7
        }
      },
      {
        rulePriority = 2
        description  = "The last 100 releases, to go back to."
        action       = { type = "expire" }
        selection = {
          tagStatus      = "tagged"
          tagPatternList = ["*.*.*"]
          countType      = "imageCountMoreThan"
          countNumber    = 100
        }
      },
    ]
  })
}

# Images of branches have a repository of their own, which is not copied: whoever may push there cannot put anything under the number
# of a release before it is made.
resource "aws_ecr_repository" "previews" {
  name                 = "previews/cadastre"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_lifecycle_policy" "previews" {
  repository = aws_ecr_repository.previews.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Two weeks: a preview lives one."
      action       = { type = "expire" }
      selection = {
        tagStatus   = "any"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = 14
      }
    }]
  })
}

resource "aws_ecr_replication_configuration" "this" {
  for_each = var.replicate_to_account_id == null ? toset([]) : toset([var.replicate_to_account_id])

  replication_configuration {
    rule {
      destination {
        region      = data.aws_region.current.region
        registry_id = each.key
      }

      repository_filter {
        filter      = aws_ecr_repository.this.name
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}

data "aws_iam_policy_document" "replication" {
  for_each = var.replicate_from_account_id == null ? toset([]) : toset([var.replicate_from_account_id])

  statement {
    sid       = "TakeImages"
    actions   = ["ecr:ReplicateImage"]
    resources = ["arn:aws:ecr:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:repository/${aws_ecr_repository.this.name}"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${each.key}:root"]
    }
  }
}

resource "aws_ecr_registry_policy" "this" {
  for_each = data.aws_iam_policy_document.replication

  policy = each.value.json
}
