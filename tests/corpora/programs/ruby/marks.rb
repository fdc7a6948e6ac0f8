# Shared by the programs: the lines that tell make.py where an event begins and ends.
$stdout.sync = true
def say(text) = $stderr.puts(text)
def finish = say("-- end")
def start = say("-- begin")
