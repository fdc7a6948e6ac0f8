// corpus: async
// event: java.util.concurrent.ExecutionException: java.lang.ArithmeticException: / by zero
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

public final class Async {
    public static void main(String[] args) throws InterruptedException {
        Marks.begin();
        try {
            CompletableFuture.supplyAsync(() -> 1 / Integer.parseInt("0")).get();
        } catch (ExecutionException e) {
            e.printStackTrace();
        }
        Marks.end();
        Marks.say("going on");
    }
}
