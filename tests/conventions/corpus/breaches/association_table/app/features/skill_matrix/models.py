"""Tables: experts, skills and projects, and the tables between them."""

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, String, Table, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, UuidKey
from app.features.skill_matrix.links import link_table

expert_skills = Table(
    "expert_skills",
    Base.metadata,
    Column(
        "expert_id",
        ForeignKey("matrix_experts.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(  # breach: association-table
        "skill_id",
        ForeignKey("matrix_skills.id", ondelete="CASCADE"),
        primary_key=True,
    ),
)

# breach: association-table
project_experts = link_table("project_experts", "matrix_projects", "matrix_experts")

# breach: association-table
project_skills = Table(
    "project_skills",
    Base.metadata,
    Column("project_id", Uuid, nullable=False, index=True),
    Column("skill_id", Uuid, nullable=False, index=True),
    ForeignKeyConstraint(["project_id"], ["matrix_projects.id"]),
    ForeignKeyConstraint(["skill_id"], ["matrix_skills.id"]),
)


class Skill(Base):
    """Something that an expert can do."""

    __tablename__ = "matrix_skills"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)


class Expert(Base):
    """A person with skills."""

    __tablename__ = "matrix_experts"

    id: Mapped[UuidKey]
    name: Mapped[str] = mapped_column(String(200))

    skills: Mapped[list[Skill]] = relationship(secondary=expert_skills, lazy="raise")


class Project(Base):
    """A project that needs skills."""

    __tablename__ = "matrix_projects"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))

    experts: Mapped[list[Expert]] = relationship(secondary=project_experts, lazy="raise")
    skills: Mapped[list[Skill]] = relationship(secondary=lambda: project_skills, lazy="raise")
