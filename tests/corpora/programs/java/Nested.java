// corpus: nested classes, lambdas, reflection
// event: java.lang.reflect.InvocationTargetException
import java.util.List;

public final class Nested {
    static final class Inner {
        static void run() {
            List.of(1, 2).forEach(n -> {
                throw new UnsupportedOperationException("n is " + n);
            });
        }
    }

    public static void main(String[] args) throws Exception {
        Marks.begin();
        try {
            Inner.class.getDeclaredMethod("run").invoke(null);
        } catch (java.lang.reflect.InvocationTargetException e) {
            e.printStackTrace();
        }
        Marks.end();
        Marks.say("going on");
    }
}
