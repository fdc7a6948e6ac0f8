# corpus: logged
# event: divided by 0 (ZeroDivisionError)
require "logger"
require_relative "marks"

log = Logger.new($stderr)
log.formatter = proc do |level, _, _, message|
  Logger::Formatter.new.call(level, Time.at(1_893_499_200).utc, nil, message).sub(/#\d+/, "#4242")
end
log.info "round 1 of 2"
start
begin
  1 / 0
rescue ZeroDivisionError => e
  log.error(e)
end
finish
log.info "round 2 of 2"
