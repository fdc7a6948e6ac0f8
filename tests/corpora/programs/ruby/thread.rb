# corpus: thread
# event: in a thread (RuntimeError)
require_relative "marks"

start
worker = Thread.new { raise "in a thread" }
begin
  worker.join
rescue RuntimeError
  finish
  say "joined"
end
