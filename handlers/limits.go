package handlers

import (
	"sessionlab/handlers/xray"
)

// historyLimits leave room for a class: 20 exchanges for each of 200 students, and a quarter more.
var historyLimits = xray.Limits{Total: 5000, PerSession: 20, Bytes: 32 << 20, Ownerless: 200}
