# Downloads that are prepared as files. The service removes each when its time is over; what it misses goes after two days.
module "downloads" {
  source = "../modules/bucket"

  name              = "${local.name}-downloads-${local.account}"
  force_destroy     = true
  expire_days       = 2
  old_versions_days = 1
}
