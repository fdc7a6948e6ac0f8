# corpus: message of several lines
# last_marked: multiline.rb:7:
# event: two sites disagree (RuntimeError)
require_relative "marks"

start
raise "two sites disagree\nsite-1 says 7\n\nsite-2 says 9"
