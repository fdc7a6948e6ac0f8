# corpus: no event
require_relative "marks"

say "round 1"
warn "old is deprecated", uplevel: 0
say "round 2"
