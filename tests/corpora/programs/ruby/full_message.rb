# corpus: caught and printed
# event: key not found: :momentum (KeyError)
require_relative "marks"

def look(settings) = settings.fetch(:momentum)

start
begin
  look({})
rescue KeyError => e
  $stderr.puts e.full_message(highlight: false, order: :top)
end
finish
say "going on"
