output "values" {
  description = "The row of the table, by column."
  value       = local.presets[var.name]
}
