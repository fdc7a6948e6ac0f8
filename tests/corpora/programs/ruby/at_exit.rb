# corpus: ignored
# event: cannot flush (IOError)
require_relative "marks"

at_exit { raise IOError, "cannot flush" }
start
