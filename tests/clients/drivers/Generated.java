// The mark that generated sources carry. On a till it comes with any archive of JSR 250.
package javax.annotation;

public @interface Generated {
    String[] value();

    String date() default "";

    String comments() default "";
}
