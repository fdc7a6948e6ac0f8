# corpus: recursion
# event: stack level too deep (SystemStackError)
# env: RUBY_THREAD_VM_STACK_SIZE=65536
require_relative "marks"

def down = down

start
down
