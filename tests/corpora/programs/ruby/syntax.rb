# corpus: syntax error
# event: syntax error, unexpected
require_relative "marks"

start
require_relative "parts/broken"
