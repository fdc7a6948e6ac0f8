# corpus: uncaught
# event: NameError
require_relative "marks"

class Model
  def train = wieghts
  def weights = [1]
end

start
Model.new.train
