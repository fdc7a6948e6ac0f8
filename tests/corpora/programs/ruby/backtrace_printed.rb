# corpus: caught and printed
# event: ZeroDivisionError: divided by 0
require_relative "marks"

def mean(values) = values.sum / values.size

start
begin
  mean([])
rescue ZeroDivisionError => e
  $stderr.puts "#{e.class}: #{e.message}", e.backtrace.map { |line| "\tfrom #{line}" }
end
finish
say "going on"
