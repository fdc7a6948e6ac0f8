# corpus: chained
# event: no settings (RuntimeError)
require_relative "marks"

def load_it(name)
  File.read("/nowhere/#{name}")
rescue Errno::ENOENT
  raise "no settings"
end

start
load_it("job.json")
