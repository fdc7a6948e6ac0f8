# corpus: uncaught
# event: unhandled exception
require_relative "marks"

start
raise
