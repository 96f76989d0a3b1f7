"""Tables: recipes and ingredients, with the amounts between them."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, MetaData, Numeric, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, UuidKey

metadata: MetaData = Base.metadata


class Ingredient(Base):
    """Something to cook with."""

    __tablename__ = "pantry_ingredients"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(100), unique=True)


class Recipe(Base):
    """A dish."""

    __tablename__ = "pantry_recipes"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))

    amounts: Mapped[list["RecipeAmount"]] = relationship(lazy="raise")
    similar: Mapped[list["Recipe"]] = relationship(
        secondary="similar_recipes",
        primaryjoin="Recipe.id == similar_recipes.c.recipe_id",
        secondaryjoin="Recipe.id == similar_recipes.c.other_id",
        lazy="raise",
    )


class RecipeAmount(Base):
    """The amount of an ingredient in a recipe."""

    __tablename__ = "recipe_amounts"

    recipe_id: Mapped[UUID] = mapped_column(
        ForeignKey(Recipe.id, ondelete="CASCADE"), primary_key=True
    )
    ingredient_id: Mapped[UUID] = mapped_column(  # breach: association-table
        ForeignKey(Ingredient.id, ondelete="RESTRICT"), primary_key=True
    )
    grams: Mapped[Decimal] = mapped_column(Numeric(8, 2))


similar_recipes = Table(  # breach: association-table
    "similar_recipes",
    metadata,
    Column("recipe_id", ForeignKey(Recipe.id, ondelete="CASCADE"), nullable=False),
    Column("other_id", ForeignKey(Recipe.id, ondelete="CASCADE"), nullable=False),
    Index(None, "recipe_id", "other_id", unique=True),
)
