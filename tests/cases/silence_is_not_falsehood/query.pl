neg(flies(rob)) ; flies(rob).
