rounds = [1, 2
rounds.each do |n|
  puts n
end
