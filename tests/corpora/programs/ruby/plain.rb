# corpus: uncaught
# event: the rate must be positive (ArgumentError)
require_relative "marks"

def check(rate)
  raise ArgumentError, "the rate must be positive" if rate.negative?
end

say "round 1"
start
check(-1)
