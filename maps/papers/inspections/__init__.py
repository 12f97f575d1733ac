"""Papers of joint inspections: what offices write to each other, record sheets, report, plan."""
