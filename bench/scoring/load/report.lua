-- Sends what the variables BENCH_BODY_FILE and BENCH_HEADERS (name and value in turn, one per line) say; prints the result as one line of JSON.
wrk.method = "POST"
local file = assert(io.open(os.getenv("BENCH_BODY_FILE"), "rb"))
wrk.body = file:read("*a")
file:close()
local name
for line in os.getenv("BENCH_HEADERS"):gmatch("[^\n]+") do
  if name then
    wrk.headers[name] = line
    name = nil
  else
    name = line
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('{"requests": %d, "durationUs": %d, "p50Us": %d, "p99Us": %d, "errors": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
